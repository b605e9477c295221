<?php

declare(strict_types=1);

// Certificates stay installed and keep working; orders, keys and settings stay on the server.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

Modules_XolphinSsl_Root::callOrEnd('uninstall');
pm_Scheduler::getInstance()->removeAllTasks();
exit(0);
