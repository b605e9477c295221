<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl read-sites.php [LOGIN]
// Prints the websites of the panel, or of one account; what the facts mean is decided by who reads them.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$login = $argv[1] ?? null;
$owner = $login === null ? null : Modules_XolphinSsl_Answer::client($login);
$domains = static fn (bool $mainOnly): array => match (true) {
    $login === null => pm_Domain::getAllDomains($mainOnly),
    $owner === null => [],
    default => pm_Domain::getDomainsByClient($owner, $mainOnly),
};
$main = array_map(static fn (pm_Domain $domain): int => (int) $domain->getId(), $domains(true));

Modules_XolphinSsl_Answer::print(array_map(
    static fn (pm_Domain $domain): array => Modules_XolphinSsl_Website::facts($domain, in_array((int) $domain->getId(), $main, true)),
    array_values($domains(false)),
));
