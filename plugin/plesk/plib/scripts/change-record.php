<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl change-record.php add ZONE-ID HOST TEXT
//                                                             … change-record.php remove RECORD-ID
// Text records only: the command line's syntax for them differs between versions (spec plesk §3.8).
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

if (($argv[1] ?? '') === 'remove') {
    pm_Dns_Record::getById((int) $argv[2])->remove();
} else {
    (new pm_Dns_Record())
        ->setZone(pm_Dns_Zone::getById((int) $argv[2]))
        ->setType(pm_Dns_Record::TYPE_TXT)
        ->setHost($argv[3])
        ->setValue($argv[4])
        ->save();
}

Modules_XolphinSsl_Answer::print(['done' => true]);
