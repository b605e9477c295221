<?php

class pm_DomainAlias
{
    /** @var array<string, mixed> */
    private array $row;

    public function __construct(int $domainAliasId)
    {
        $this->row = Lab_Panel::call('alias.byId', ['id' => $domainAliasId])
            ?? throw new pm_Exception('Domain alias does not exist');
    }

    public static function getByDomain(pm_Domain $domain): array
    {
        $ids = Lab_Panel::call('alias.byDomain', ['domain' => $domain->getId()]);
        return array_map(static fn (int $id) => new self($id), $ids);
    }

    public static function getByDomainAliasId(int $domainAliasId): pm_DomainAlias
    {
        return new self($domainAliasId);
    }

    public static function getByName(string $domainAliasName): pm_DomainAlias
    {
        return new self((int) (Lab_Panel::call('alias.byName', ['name' => $domainAliasName])['id'] ?? 0));
    }

    public function getId(): int
    {
        return $this->row['id'];
    }

    public function getName(): string
    {
        return $this->row['name'];
    }

    public function getDisplayName(): string
    {
        return $this->row['displayName'];
    }

    public function hasServiceWeb(): bool
    {
        return $this->row['web'];
    }

    public function hasServiceDns(): bool
    {
        return $this->row['dns'];
    }

    public function hasServiceMail(): bool
    {
        return $this->row['mail'];
    }

    public function hasSeoRedirect(): bool
    {
        return $this->row['seoRedirect'];
    }

    public function getDomain(): pm_Domain
    {
        return new pm_Domain($this->row['siteId']);
    }

    public function getProperty(string $name): mixed
    {
        return $this->row[$name] ?? throw new pm_Exception("Unknown property: $name");
    }

    public function getSetting(string $name, ?string $default = null): ?string
    {
        return pm_Settings::get('alias-' . $this->getId() . '-' . $name, $default);
    }

    public function setSetting(string $name, ?string $value): void
    {
        pm_Settings::set('alias-' . $this->getId() . '-' . $name, $value);
    }

    public function deleteSettings(string $prefix = ''): void
    {
        pm_Settings::clean('alias-' . $this->getId() . '-' . $prefix);
    }

    public function getDnsZone(): pm_Dns_Zone
    {
        return pm_Dns_Zone::getById($this->getId());
    }
}
