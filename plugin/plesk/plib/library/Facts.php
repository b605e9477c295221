<?php

declare(strict_types=1);

/** What the agent tells the panel's own places: progress, what waits for somebody, the numbers of orders. */
final class Modules_XolphinSsl_Facts
{
    /** @return array{installing: int, attention: int}|null null when the agent does not answer */
    public static function tally(): ?array
    {
        $facts = json_decode((string) self::read('tally'), true);

        return is_array($facts) && isset($facts['installing'], $facts['attention']) ? [
            'installing' => Modules_XolphinSsl_Given::number($facts['installing']),
            'attention' => Modules_XolphinSsl_Given::number($facts['attention']),
        ] : null;
    }

    /** JSON as the agent answers; null when it does not. */
    public static function read(string $page): ?string
    {
        $handOver = Modules_XolphinSsl_HandOver::forPanel(pm_Client::getAdmin(), "page=$page", 'raw');
        $answer = Modules_XolphinSsl_Agent::send('/raw', $handOver);

        return $answer === null ? null : explode("\r\n\r\n", $answer, 2)[1] ?? null;
    }
}
