<?php

class pm_Settings
{
    private const LONGEST_VALUE = 5000;

    public static function get($name, $default = null)
    {
        return Lab_Panel::call('settings.get', ['name' => (string) $name]) ?? $default;
    }

    public static function set($name, $value)
    {
        if ($value !== null && strlen((string) $value) > self::LONGEST_VALUE) {
            throw new pm_Exception('The value of the setting is too long.');
        }
        Lab_Panel::call('settings.set', [
            'name' => (string) $name,
            'value' => $value === null ? null : (string) $value,
        ]);
    }

    public static function clean($prefix = '')
    {
        Lab_Panel::call('settings.clean', ['prefix' => (string) $prefix]);
    }

    public static function getDecrypted($name, $default = null)
    {
        $value = self::get($name);
        return $value === null ? $default : pm_Crypt::decrypt($value);
    }

    public static function setEncrypted($name, $value)
    {
        self::set($name, $value === null ? null : pm_Crypt::encrypt($value));
    }
}
