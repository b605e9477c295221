<?php

declare(strict_types=1);

// After the files are in place, also on an upgrade. Whoever the panel runs this as: what root must do, root's side does.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$installed = pm_ProductInfo::getProductRootDir() . '/admin/sbin/modules/xolphin-ssl/xolctl';
$running = pm_ApiCli::callSbin('xolctl', ['checksum'], pm_ApiCli::RESULT_STDOUT);
if (is_readable($installed) && trim($running) !== hash_file('sha256', $installed)) {
    echo "An earlier version is still running inside Plesk; restart sw-engine and install again.\n";
    exit(1);
}
$run = pm_ApiCli::callSbin('xolctl', ['install'], pm_ApiCli::RESULT_FULL);
if ($run['code'] !== 0) {
    echo trim($run['stdout'] . "\n" . $run['stderr']) . "\n";
    exit(1);
}
$scheduler = pm_Scheduler::getInstance();
$scheduler->removeAllTasks();
$daily = new pm_Scheduler_Task();
$daily->setCmd('notify.php');
$daily->setSchedule(pm_Scheduler::$EVERY_DAY);
$scheduler->putTask($daily);
exit(0);
