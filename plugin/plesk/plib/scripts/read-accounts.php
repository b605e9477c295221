<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl read-accounts.php [LOGIN]
// Prints the accounts of the panel, or one and who it belongs to; what the facts mean is decided by who reads them.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$ask = [Modules_XolphinSsl_Answer::class, 'ask'];
$login = $argv[1] ?? null;
if ($login === null) {
    $clients = [$ask(fn () => pm_Client::getAdmin()), ...pm_Client::getAll()];
} else {
    $client = Modules_XolphinSsl_Answer::client($login);
    $clients = [$client, $ask(fn () => pm_Client::getByClientId((int) $client?->getProperty('vendor_id')))];
}

Modules_XolphinSsl_Answer::print(array_map(static fn (pm_Client $client): array => [
    'id' => $client->getId(),
    'login' => $client->getLogin(),
    'administrator' => $client->isAdmin(),
    'reseller' => $client->isReseller(),
    'email' => $ask(fn () => $client->getProperty('email')),
    'locale' => $ask(fn () => $client->getProperty('locale')),
    'status' => $ask(fn () => $client->getProperty('status')),
    'vendor' => $ask(fn () => $client->getProperty('vendor_id')),
    'parent' => $ask(fn () => $client->getProperty('parent_id')),
], array_values(array_filter($clients))));
