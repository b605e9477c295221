<?php

declare(strict_types=1);

/** What the web server is told while a validation file is wanted. Constant text: a fault in it would take the website down. */
final class Modules_XolphinSsl_ValidationLines
{
    public static function nginx(string $folder): string
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

    public static function apache(string $folder): string
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
}
