<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl serve-validation.php add|remove SITE-ID FILE
// Has the web server show validation files of the server's own folder for a website, as long as there is one for it.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$domain = pm_Domain::getByDomainId((int) $argv[2]);
$before = Modules_XolphinSsl_Validation::filesOf($domain);
$others = array_values(array_diff($before, [$argv[3]]));
$now = $argv[1] === 'add' ? [...$others, $argv[3]] : $others;
Modules_XolphinSsl_Validation::keep($domain, $now);
if (($before === []) !== ($now === [])) {
    (new pm_WebServer())->updateDomainConfiguration($domain);
}

Modules_XolphinSsl_Answer::print(['done' => true]);
