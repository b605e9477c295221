<?php

declare(strict_types=1);

/** Certificates wait for somebody: by mail, to the administrator. */
class Modules_XolphinSsl_AttentionMail extends pm_Notifications_EmailNotification
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

    public function sendToAdmin(): bool
    {
        return true;
    }

    public function sendToReseller(): bool
    {
        return false;
    }

    public function sendToCustomer(): bool
    {
        return false;
    }
}
