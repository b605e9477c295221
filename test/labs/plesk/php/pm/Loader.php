<?php

class pm_Loader
{
    public static function registerAutoload()
    {
        // sdk.php has done so already; calling it again is harmless (spec plesk §1.5).
    }
}
