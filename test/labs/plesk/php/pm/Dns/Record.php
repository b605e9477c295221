<?php

class pm_Dns_Record
{
    public const TYPE_NS = 'NS';
    public const TYPE_A = 'A';
    public const TYPE_AAAA = 'AAAA';
    public const TYPE_CNAME = 'CNAME';
    public const TYPE_MX = 'MX';
    public const TYPE_PTR = 'PTR';
    public const TYPE_TXT = 'TXT';
    public const TYPE_SRV = 'SRV';
    public const TYPE_AXFR = 'AXFR';
    public const TYPE_DS = 'DS';
    public const TYPE_CAA = 'CAA';
    public const TYPE_TLSA = 'TLSA';
    public const TYPE_HTTPS = 'HTTPS';
    private const OWNER_TYPE_DOMAIN = 'domain';
    private const OWNER_TYPE_DOMAIN_ALIAS = 'domainAlias';

    private ?int $id = null;
    private ?string $type = null;
    private ?string $host = null;
    private ?string $value = null;
    private ?string $option = null;
    private ?int $ttl = null;
    private ?int $zoneId = null;

    public function __construct($recordId = null)
    {
        if ($recordId === null) {
            return;
        }
        $row = Lab_Panel::call('record.byId', ['id' => (int) $recordId])
            ?? throw new pm_Exception('DNS record does not exist');
        $this->id = $row['id'];
        $this->type = $row['type'];
        $this->host = $row['host'];
        $this->value = $row['value'];
        $this->option = $row['opt'];
        $this->ttl = $row['ttl'] ?? null;
        $this->zoneId = $row['zoneId'];
    }

    public function getId(): ?int
    {
        return $this->id;
    }

    public function getType(): ?string
    {
        return $this->type;
    }

    public function getHost(): ?string
    {
        return $this->host;
    }

    public function getValue(): ?string
    {
        return $this->value;
    }

    public function getOption(): ?string
    {
        return $this->option;
    }

    public function getTtl(): ?int
    {
        return $this->ttl;
    }

    public function setType(string $type): pm_Dns_Record
    {
        $this->type = $type;
        return $this;
    }

    public function setHost(string $host): pm_Dns_Record
    {
        $this->host = $host;
        return $this;
    }

    public function setValue(string $value): pm_Dns_Record
    {
        $this->value = $value;
        return $this;
    }

    public function setOption(?string $option): pm_Dns_Record
    {
        $this->option = $option;
        return $this;
    }

    public function setTtl(?int $ttl): pm_Dns_Record
    {
        $this->ttl = $ttl;
        return $this;
    }

    public function setZone(pm_Dns_Zone $zone): pm_Dns_Record
    {
        $this->zoneId = $zone->getId();
        return $this;
    }

    public function getZone(): pm_Dns_Zone
    {
        return pm_Dns_Zone::getById((int) $this->zoneId);
    }

    public static function getById(int $recordId): pm_Dns_Record
    {
        return new self($recordId);
    }

    public function save(): void
    {
        $this->id = Lab_Panel::call('record.save', [
            'id' => $this->id,
            'zone' => $this->zoneId,
            'type' => $this->type,
            'host' => $this->host ?? '',
            'value' => $this->value ?? '',
            'opt' => $this->option ?? '',
            'ttl' => $this->ttl,
        ]);
    }

    public function remove(): void
    {
        Lab_Panel::call('record.remove', ['id' => $this->id]);
    }

    public static function availableTypes(): array
    {
        return ['NS', 'A', 'AAAA', 'CNAME', 'MX', 'PTR', 'TXT', 'SRV', 'DS', 'CAA', 'TLSA', 'HTTPS'];
    }

    public static function isTypeAvailable(string $type): bool
    {
        return in_array($type, self::availableTypes(), true);
    }
}
