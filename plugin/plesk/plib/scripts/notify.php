<?php

declare(strict_types=1);

// Run by the panel's scheduler once a day: says that certificates wait for somebody, when they do.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$count = Modules_XolphinSsl_Facts::tally()['attention'] ?? 0;
if ($count > 0) {
    $notifications = new pm_Notification();
    foreach (['attention', 'attention-mail'] as $id) {
        $notifications->send($id, ['count' => (string) $count]);
    }
}
