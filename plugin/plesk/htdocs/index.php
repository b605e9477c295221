<?php

declare(strict_types=1);

$application = new pm_Application();
$application->run();
