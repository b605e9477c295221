<?php

class pm_ActionLog
{
    public const OLD_VALUE = 'old';
    public const NEW_VALUE = 'new';

    /** Only events the hook `ActionLog` returns can be submitted; they appear as `ext_<id>_<event>`. */
    public static function submit($actionId, $objectId = null, $oldValues = [], $newValues = [])
    {
        $known = Lab_Panel::hook('ActionLog')?->getEvents() ?? [];
        if (!isset($known[$actionId])) {
            throw new pm_Exception("Event $actionId is not registered");
        }
        Lab_Panel::call('actionLog.submit', [
            'event' => $actionId,
            'objectId' => $objectId,
            'old' => $oldValues,
            'new' => $newValues,
        ]);
    }
}
