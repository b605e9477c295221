<?php

/** The listener of events; whether a real runtime has it is uncertain (spec plesk §1.9). */
interface EventListener
{
    public function handleEvent($objectType, $objectId, $action, $oldValues, $newValues);
}
