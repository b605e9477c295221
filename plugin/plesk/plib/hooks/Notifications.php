<?php

declare(strict_types=1);

/** What the panel may tell the administrator by mail or on its own page of notifications. */
class Modules_XolphinSsl_Notifications extends pm_Hook_Notifications
{
    /** @return array<string, pm_Notifications_EmailNotification|pm_Notifications_PanelNotification> */
    public function getNotifications(): array
    {
        return [
            'attention' => new Modules_XolphinSsl_Attention(),
            'attention-mail' => new Modules_XolphinSsl_AttentionMail(),
        ];
    }
}
