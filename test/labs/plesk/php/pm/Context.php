<?php

class pm_Context
{
    public static function init($moduleId)
    {
        if (!preg_match('/^[a-z0-9][a-z0-9-]*$/', (string) $moduleId)) {
            throw new pm_Exception_InvalidArgumentException('Invalid extension id.');
        }
        Lab_Panel::useModule((string) $moduleId);
    }

    public static function reset()
    {
        Lab_Panel::useModule(null);
    }

    public static function isInitialized()
    {
        return Lab_Panel::hasModule();
    }

    public static function getModuleId()
    {
        return Lab_Panel::module();
    }

    public static function getPlibDir()
    {
        return Lab_Panel::plib() . '/';
    }

    public static function getHtdocsDir()
    {
        return Lab_Panel::root() . '/admin/htdocs/modules/' . Lab_Panel::module() . '/';
    }

    public static function getVarDir()
    {
        return Lab_Panel::root() . '/var/modules/' . Lab_Panel::module() . '/';
    }

    public static function getBaseUrl()
    {
        return '/modules/' . Lab_Panel::module() . '/';
    }

    public static function getActionUrl($controller, $action = 'index')
    {
        return self::getBaseUrl() . "index.php/$controller/$action";
    }

    public static function getModuleInfo()
    {
        return simplexml_load_file(self::getPlibDir() . 'meta.xml');
    }

    public static function getModulesListUrl()
    {
        return '/admin/module/list';
    }

    public static function getBuyUrl()
    {
        return (string) (self::getModuleInfo()->buy_url ?? '');
    }

    public static function getUpgradeLicenseUrl()
    {
        return self::getBuyUrl();
    }
}
