<?php

class pm_Log
{
    public static function err($message)
    {
        self::log('ERR', $message);
    }

    public static function warn($message)
    {
        self::log('WARN', $message);
    }

    public static function info($message)
    {
        self::log('INFO', $message);
    }

    public static function debug($message)
    {
        self::log('DEBUG', $message);
    }

    public static function backtrace($message)
    {
        self::log('DEBUG', $message);
    }

    public static function vardump($var, $message = '')
    {
        self::log('DEBUG', $message . var_export($var, true));
    }

    public static function log($priority, $message)
    {
        $text = $message instanceof Throwable ? $message->getMessage() : (string) $message;
        $line = sprintf("[%s] %s [extension/%s] %s\n", date('Y-m-d H:i:s'), $priority, self::getLogName(), $text);
        @file_put_contents(dirname(Lab_Panel::root(), 2) . '/var/log/plesk/panel.log', $line, FILE_APPEND);
    }

    public static function getLogName()
    {
        return Lab_Panel::module();
    }
}
