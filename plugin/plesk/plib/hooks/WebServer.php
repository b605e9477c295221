<?php

declare(strict_types=1);

/**
 * Lets the CA read validation files while one is wanted for a website: past its HTTPS redirect, its application, its
 * password and its rules (spec plesk §3.8). Constant text: a fault in it would take the website down.
 */
class Modules_XolphinSsl_WebServer extends pm_Hook_WebServer
{
    public function getDomainNginxConfig(pm_Domain $domain): string
    {
        return Modules_XolphinSsl_Validation::filesOf($domain) === [] ? '' : self::nginx(self::folder($domain));
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
        return Modules_XolphinSsl_Validation::filesOf($domain) === [] ? '' : self::apache(self::folder($domain));
    }

    public function getForwardingDomainApacheConfig(pm_Domain $domain): string
    {
        return $this->getDomainApacheConfig($domain);
    }

    private static function nginx(string $folder): string
    {
        return <<<TEXT
            location ^~ /.well-known/pki-validation/ {
                root "$folder";
                default_type "text/plain";
                auth_basic off;
                allow all;
            }

            TEXT;
    }

    private static function apache(string $folder): string
    {
        return <<<TEXT
            Alias "/.well-known/pki-validation/" "$folder/.well-known/pki-validation/"
            <IfModule mod_rewrite.c>
                RewriteEngine On
                RewriteRule "^/\.well-known/pki-validation/" "-" [END]
            </IfModule>
            <IfModule mod_setenvif.c>
                SetEnvIf Request_URI "^/\.well-known/pki-validation/" no-proxy
            </IfModule>
            <Location "/.well-known/pki-validation/">
                <IfModule mod_access_compat.c>
                    Order Allow,Deny
                    Allow from all
                    Satisfy any
                </IfModule>
                Require all granted
                ForceType text/plain
                <IfModule mod_security2.c>
                    SecRuleEngine Off
                </IfModule>
            </Location>

            TEXT;
    }

    /** Where the panel keeps what it shows for every website, beside the files of its own certificate engine. */
    private static function folder(pm_Domain $domain): string
    {
        return dirname($domain->getVhostSystemPath(), 2) . '/default/htdocs';
    }
}
