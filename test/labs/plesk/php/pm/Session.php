<?php

class pm_Session
{
    public static function isExist()
    {
        return Lab_Panel::session() !== null;
    }

    public static function getClient()
    {
        return pm_Client::getByLogin(self::needed()['login']);
    }

    public static function isImpersonated()
    {
        return self::needed()['impersonatedBy'] !== null;
    }

    public static function getImpersonatedClientId()
    {
        return self::needed()['impersonatedBy'];
    }

    public static function getCurrentDomain()
    {
        $domains = self::getCurrentDomains();
        return $domains[0] ?? throw new pm_Exception('There is no current domain');
    }

    public static function getCurrentDomains($mainDomainsOnly = false)
    {
        return pm_Domain::getDomainsByClient(self::getClient(), $mainDomainsOnly);
    }

    /** @return array<string, mixed> */
    private static function needed(): array
    {
        return Lab_Panel::session() ?? throw new pm_Exception('There is no session');
    }
}
