<?php

class pm_Config
{
    public static function get($name, $default = null)
    {
        return self::getAll()[$name] ?? $default;
    }

    /** The section of the extension in panel.ini, over its own defaults. */
    public static function getAll()
    {
        return (self::getCore()['ext-' . Lab_Panel::module()] ?? []) + self::getDefaults();
    }

    public static function getCore()
    {
        return parse_ini_file(Lab_Panel::root() . '/admin/conf/panel.ini', true) ?: [];
    }

    public static function getDefaults()
    {
        return Lab_Panel::hook('ConfigDefaults')?->getDefaults() ?? [];
    }
}
