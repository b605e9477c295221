<?php

/* The background process of a long task: `task.php CLASS STATE-AS-JSON`. Only what the hook LongTasks returns is run. */

[, $class, $json] = $argv;
$known = array_map(get_class(...), Lab_Panel::hook('LongTasks')?->getLongTasks() ?? []);
if (!in_array($class, $known, true)) {
    fwrite(STDERR, "Task $class is not registered.\n");
    exit(1);
}
(new $class())->labState(json_decode($json, true, 512, JSON_THROW_ON_ERROR))->labRun();
