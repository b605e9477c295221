<?php

abstract class pm_Notifications_EmailNotification
{
    public function getTitle()
    {
        return '';
    }

    public function getMessage()
    {
        return '';
    }

    public function getSubject()
    {
        return '';
    }

    public function sendToAdmin()
    {
        return true;
    }

    public function sendToReseller()
    {
        return false;
    }

    public function sendToCustomer()
    {
        return false;
    }
}
