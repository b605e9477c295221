<?php

declare(strict_types=1);

/** Which validation files are wanted for a website just now; kept with the website in the panel. */
final class Modules_XolphinSsl_Validation
{
    private const SETTING = 'validation';

    /** @return list<string> */
    public static function filesOf(pm_Domain $domain): array
    {
        return array_values(array_filter(explode(' ', (string) $domain->getSetting(self::SETTING, ''))));
    }

    /** @param list<string> $files */
    public static function keep(pm_Domain $domain, array $files): void
    {
        $domain->setSetting(self::SETTING, $files === [] ? null : implode(' ', $files));
    }
}
