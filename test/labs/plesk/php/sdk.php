<?php

/*
 * What stands on the include path of the panel's PHP under the name sdk.php (spec plesk §1.7): loads the pm_ classes,
 * the part of Zend Framework they lean on, and the classes of the extension that is running.
 */

require_once __DIR__ . '/lab/Panel.php';

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Zend_')) {
        require_once __DIR__ . '/zend/all.php';
        return;
    }
    if (str_starts_with($class, 'pm_Hook_') || str_starts_with($class, 'Plesk\\SDK\\')) {
        require_once __DIR__ . '/pm/hooks.php';
        require_once __DIR__ . '/pm/plesk-sdk.php';
        return;
    }
    if (str_starts_with($class, 'pm_')) {
        $file = __DIR__ . '/' . strtr($class, '_', '/') . '.php';
        if (is_file($file)) {
            require_once $file;
        }
        return;
    }
    Lab_Panel::loadExtensionClass($class);
});

Lab_Panel::start();
