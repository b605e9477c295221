<?php

declare(strict_types=1);

/** Certificates wait for somebody: on the panel's page of notifications. */
class Modules_XolphinSsl_Attention extends pm_Notifications_PanelNotification
{
    public function getTitle(): string
    {
        return pm_Locale::lmsg('attentionTitle');
    }

    public function getSubject(): string
    {
        return pm_Locale::lmsg('attentionSubject');
    }

    public function getMessage(): string
    {
        return pm_Locale::lmsg('attentionText');
    }

    public function getActionText(): string
    {
        return pm_Locale::lmsg('buttonTitle');
    }

    public function getActionUrl(): string
    {
        return pm_Context::getActionUrl('index');
    }

    public function getCategory(): string
    {
        return self::CATEGORY_WARNING;
    }

    public function getArea(): string
    {
        return self::AREA_SECURITY;
    }
}
