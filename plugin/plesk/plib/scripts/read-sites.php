<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl read-sites.php [LOGIN]
// Prints the websites of the panel, or of one account; what the facts mean is decided by who reads them.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$ask = [Modules_XolphinSsl_Answer::class, 'ask'];
$login = $argv[1] ?? null;
$owner = $login === null ? null : Modules_XolphinSsl_Answer::client($login);
$domains = static fn (bool $mainOnly): array => match (true) {
    $login === null => pm_Domain::getAllDomains($mainOnly),
    $owner === null => [],
    default => pm_Domain::getDomainsByClient($owner, $mainOnly),
};
$main = array_map(static fn (pm_Domain $domain): int => (int) $domain->getId(), $domains(true));

Modules_XolphinSsl_Answer::print(array_map(static fn (pm_Domain $domain): array => [
    'id' => (int) $domain->getId(),
    'name' => $domain->getName(),
    'owner' => $domain->getClient()->getLogin(),
    'main' => in_array((int) $domain->getId(), $main, true),
    'active' => $domain->isActive() && !$domain->isSuspended() && !$domain->isDisabled(),
    'hosting' => $domain->hasHosting(),
    'addresses' => array_values($domain->getIpAddresses()),
    'user' => $ask(fn () => $domain->getSysUserLogin()),
    'home' => $ask(fn () => $domain->getHomePath()),
    'documentRoot' => $ask(fn () => $domain->getDocumentRoot()),
    'tls' => $ask(fn () => $domain->hasSsl()),
    'redirect' => $ask(fn () => $domain->hasSslRedirect()),
    'certificate' => $ask(fn () => $domain->getHostingCertificate()?->getName()),
    'webmail' => $ask(fn () => $domain->getWebmailCertificate()?->getName()),
    'mail' => $ask(fn () => $domain->getMailCertificate()?->getName()),
    'aliases' => array_map(static fn (pm_DomainAlias $alias): array => [
        'id' => $alias->getId(),
        'name' => $alias->getName(),
        'web' => $alias->hasServiceWeb(),
        'dns' => $alias->hasServiceDns(),
    ], array_values(pm_DomainAlias::getByDomain($domain))),
], array_values($domains(false))));
