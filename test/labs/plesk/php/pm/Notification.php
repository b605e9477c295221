<?php

class pm_Notification
{
    public function __construct()
    {
    }

    /** Only ids the hook `Notifications` returns can be sent. */
    public function send($id, array $params = [], ?pm_Client $client = null)
    {
        $known = Lab_Panel::hook('Notifications')?->getNotifications() ?? [];
        if (!isset($known[$id])) {
            throw new pm_Exception("Notification $id is not registered");
        }
        Lab_Panel::call('notification.send', [
            'id' => $id,
            'params' => $params,
            'client' => ($client ?? pm_Client::getAdmin())->getLogin(),
        ]);
    }
}
