<?php

class pm_Dns_Zone
{
    /** @var array<string, mixed> */
    private array $row;

    /** The id of a zone is that of the domain or alias it belongs to. */
    public static function getById(int $zoneId): pm_Dns_Zone
    {
        $zone = new self();
        $zone->row = Lab_Panel::call('zone.byId', ['id' => $zoneId])
            ?? throw new pm_Exception('DNS zone does not exist');
        return $zone;
    }

    public function enable(): void
    {
        $this->change(['enabled' => true]);
    }

    public function disable(): void
    {
        $this->change(['enabled' => false]);
    }

    public function isEnabled(): bool
    {
        return $this->row['enabled'];
    }

    public function isMaster(): bool
    {
        return $this->row['type'] === 'master';
    }

    public function getSoaRecord(): pm_Dns_SoaRecord
    {
        throw new pm_Exception('The lab keeps no SOA records.');
    }

    public function getId(): int
    {
        return $this->row['id'];
    }

    public function getName(): ?string
    {
        return $this->row['name'];
    }

    public function getDisplayName(): ?string
    {
        return $this->row['displayName'];
    }

    public function getRecords(): array
    {
        $ids = Lab_Panel::call('zone.records', ['id' => $this->getId()]);
        return array_map(static fn (int $id) => pm_Dns_Record::getById($id), $ids);
    }

    public function getRecordsByType(string $type): array
    {
        return array_values(array_filter($this->getRecords(), static fn ($record) => $record->getType() === $type));
    }

    public function getDomain(): ?pm_Domain
    {
        return $this->row['domainId'] === null ? null : new pm_Domain($this->row['domainId']);
    }

    public function getDomainAlias(): ?pm_DomainAlias
    {
        return $this->row['aliasId'] === null ? null : new pm_DomainAlias($this->row['aliasId']);
    }

    /** @param array<string, bool> $change */
    private function change(array $change): void
    {
        Lab_Panel::call('zone.change', ['id' => $this->getId()] + $change);
        $this->row = $change + $this->row;
    }
}
