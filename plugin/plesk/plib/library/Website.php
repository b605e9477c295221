<?php

declare(strict_types=1);

/** Facts about a website as the panel knows them; what they mean is decided by who reads them. */
final class Modules_XolphinSsl_Website
{
    /** @return array<string, mixed> */
    public static function facts(pm_Domain $domain, bool $main): array
    {
        $ask = [Modules_XolphinSsl_Answer::class, 'ask'];

        return [
            'id' => (int) $domain->getId(),
            'name' => $domain->getName(),
            'owner' => $domain->getClient()->getLogin(),
            'main' => $main,
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
        ];
    }

    /**
     * The certificate that the website has for its hosting, with its private key only when that is asked for: the executor
     * holds it in memory and the agent seals it at once; it is never an argument and never a file.
     *
     * @return array<string, mixed>
     */
    public static function certificate(pm_Domain $domain, bool $whole): array
    {
        $certificate = $domain->getHostingCertificate();

        return ['site' => (int) $domain->getId()] + ($certificate === null ? ['name' => null] : [
            'name' => $certificate->getName(),
            'certificate' => $certificate->getCert(),
            'chain' => $certificate->getCaCert(),
            'key' => $whole ? $certificate->getPvtKey() : null,
        ]);
    }
}
