<?php

/* `plesk ext ID …`: the hook ApiCli. */

$hook = Lab_Panel::hook('ApiCli');
if ($hook === null) {
    fwrite(STDERR, "The extension has no command line.\n");
    exit(1);
}
$hook->labRun(array_slice($argv, 1));
