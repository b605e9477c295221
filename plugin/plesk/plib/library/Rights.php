<?php

declare(strict_types=1);

/** What the panel grants who is logged in: access to the website, and certificates in its plan. */
final class Modules_XolphinSsl_Rights
{
    public const PERMISSION = 'manage_certificates';

    public static function ofSite(int $id): bool
    {
        $client = pm_Session::getClient();

        return $id > 0 && $client->hasAccessToDomain($id)
            && (!$client->isClient() || $client->hasPermission(self::PERMISSION, pm_Domain::getByDomainId($id)));
    }

    public static function ofAccount(): bool
    {
        $client = pm_Session::getClient();

        return !$client->isClient() || self::sites($client)['permitted'] !== [];
    }

    /** @return array{permitted: list<string>, closed: list<string>} the names of a customer's websites, by what is granted */
    public static function sites(pm_Client $client): array
    {
        [$permitted, $closed] = [[], []];
        foreach (pm_Domain::getDomainsByClient($client) as $domain) {
            if ($client->hasAccessToDomain($domain->getId()) && $client->hasPermission(self::PERMISSION, $domain)) {
                $permitted[] = $domain->getName();
            } else {
                $closed[] = $domain->getName();
            }
        }

        return ['permitted' => $permitted, 'closed' => $closed];
    }
}
