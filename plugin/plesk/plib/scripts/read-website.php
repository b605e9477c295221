<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl read-website.php public|whole LOGIN NAME
// Prints one website of an account with its certificate, in one start of the panel's PHP; with it the first domains of the
// account's subscriptions, where the website is none of them itself. `whole` adds the private key.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

[, $what, $login, $name] = $argv;
$owner = Modules_XolphinSsl_Answer::client($login);
$named = static fn (pm_Domain $domain): bool => $domain->getName() === $name;
$own = $owner === null ? [] : pm_Domain::getDomainsByClient($owner);
$site = array_values(array_filter($own, $named))[0] ?? null;
$main = $owner === null || $site === null ? [] : pm_Domain::getDomainsByClient($owner, true);
$facts = static fn (pm_Domain $domain): array => Modules_XolphinSsl_Website::facts($domain, true);

Modules_XolphinSsl_Answer::print($site === null ? ['sites' => [], 'certificate' => null] : [
    'sites' => array_filter($main, $named) === []
        ? [Modules_XolphinSsl_Website::facts($site, false), ...array_map($facts, array_values($main))]
        : [$facts($site)],
    'certificate' => Modules_XolphinSsl_Website::certificate($site, $what === 'whole'),
]);
