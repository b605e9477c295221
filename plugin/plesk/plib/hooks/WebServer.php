<?php

declare(strict_types=1);

/**
 * Lets the CA read validation files while one is wanted for a website: past its HTTPS redirect, its application, its
 * password and its rules (spec plesk §3.8).
 */
class Modules_XolphinSsl_WebServer extends pm_Hook_WebServer
{
    public function getDomainNginxConfig(pm_Domain $domain): string
    {
        return Modules_XolphinSsl_Validation::filesOf($domain) === [] ? '' : Modules_XolphinSsl_ValidationLines::nginx(self::folder($domain));
    }

    public function getDomainNginxProxyConfig(pm_Domain $domain): string
    {
        return $this->getDomainNginxConfig($domain);
    }

    public function getForwardingDomainNginxConfig(pm_Domain $domain): string
    {
        return $this->getDomainNginxConfig($domain);
    }

    public function getDomainApacheConfig(pm_Domain $domain): string
    {
        return Modules_XolphinSsl_Validation::filesOf($domain) === [] ? '' : Modules_XolphinSsl_ValidationLines::apache(self::folder($domain));
    }

    public function getForwardingDomainApacheConfig(pm_Domain $domain): string
    {
        return $this->getDomainApacheConfig($domain);
    }

    /** Where the panel keeps what it shows for every website, beside the files of its own certificate engine. */
    private static function folder(pm_Domain $domain): string
    {
        return dirname($domain->getVhostSystemPath(), 2) . '/default/htdocs';
    }
}
