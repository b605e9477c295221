<?php

class pm_Bootstrap
{
    public static function init()
    {
    }

    public static function getDbAdapter()
    {
        throw new pm_Exception('The lab has no database to offer.');
    }
}
