<?php

declare(strict_types=1);

// Run by the panel's scheduler once a day: tells the agent what it could not be told when a backup was restored, and says
// that certificates wait for somebody, when they do.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

Modules_XolphinSsl_Restored::handOver();
$count = Modules_XolphinSsl_Facts::tally()['attention'] ?? 0;
if ($count > 0) {
    $notifications = new pm_Notification();
    foreach (['attention', 'attention-mail'] as $id) {
        $notifications->send($id, ['count' => (string) $count]);
    }
}
