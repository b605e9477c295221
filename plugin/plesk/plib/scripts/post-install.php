<?php

declare(strict_types=1);

// After the files are in place, also on an upgrade. Whoever the panel runs this as: what root must do, root's side does.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$installed = pm_ProductInfo::getProductRootDir() . '/admin/sbin/modules/xolphin-ssl/xolctl';
$running = Modules_XolphinSsl_Root::call(['checksum'])['stdout'];
if (is_readable($installed) && trim($running) !== hash_file('sha256', $installed)) {
    echo "An earlier version is still running inside Plesk; restart sw-engine and install again.\n";
    exit(1);
}
Modules_XolphinSsl_Root::callOrEnd('install');
$scheduler = pm_Scheduler::getInstance();
$scheduler->removeAllTasks();
$daily = new pm_Scheduler_Task();
$daily->setCmd('notify.php');
/** @var list<string> $midnight */
$midnight = pm_Scheduler::$EVERY_DAY;
$daily->setSchedule($midnight);
$scheduler->putTask($daily);
exit(0);
