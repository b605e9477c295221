<?php

declare(strict_types=1);

// Certificates stay installed and keep working; orders, keys and settings stay on the server.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$run = pm_ApiCli::callSbin('xolctl', ['uninstall'], pm_ApiCli::RESULT_FULL);
if ($run['code'] !== 0) {
    echo trim($run['stdout'] . "\n" . $run['stderr']) . "\n";
    exit(1);
}
pm_Scheduler::getInstance()->removeAllTasks();
exit(0);
