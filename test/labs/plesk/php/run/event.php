<?php

/* Tells the extension's listener of an event: `event.php EVENT-AS-JSON`. */

$event = json_decode($argv[1], true, 512, JSON_THROW_ON_ERROR);
$file = Lab_Panel::plib() . '/library/EventListener.php';
if (!is_file($file) || !interface_exists('EventListener', false)) {
    exit(0);
}
$listener = require $file;
if (!$listener instanceof EventListener) {
    exit(0);
}
if (method_exists($listener, 'filterActions') && !in_array($event['name'], $listener->filterActions(), true)) {
    exit(0);
}
$listener->handleEvent($event['type'], $event['objectId'], $event['name'], $event['before'], $event['after']);
