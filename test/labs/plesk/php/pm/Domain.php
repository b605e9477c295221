<?php

class pm_Domain
{
    /** @var array<string, mixed> */
    private array $row;

    public function __construct($domainId)
    {
        $this->row = self::needed(Lab_Panel::call('domain.byId', ['id' => (int) $domainId]));
    }

    public static function getByDomainId($domainId)
    {
        return new self($domainId);
    }

    public static function getByGuid($domainGuid)
    {
        return new self(self::needed(Lab_Panel::call('domain.byGuid', ['guid' => (string) $domainGuid]))['id']);
    }

    public static function getByName($domainName)
    {
        return new self(self::needed(Lab_Panel::call('domain.byName', ['name' => (string) $domainName]))['id']);
    }

    public static function getAllDomains($mainDomainsOnly = false)
    {
        return self::list(Lab_Panel::call('domain.all', ['mainOnly' => (bool) $mainDomainsOnly]));
    }

    public static function getDomainsByClient(pm_Client $client, $mainDomainsOnly = false)
    {
        return self::list(Lab_Panel::call('domain.byClient', [
            'client' => $client->getId(),
            'mainOnly' => (bool) $mainDomainsOnly,
        ]));
    }

    public function getId()
    {
        return $this->row['id'];
    }

    public function getGuid()
    {
        return $this->row['guid'];
    }

    public function getName()
    {
        return $this->row['name'];
    }

    public function getDisplayName()
    {
        return $this->row['displayName'];
    }

    public function getIpAddresses($public = true)
    {
        return [$this->row['ip']];
    }

    public function isActive()
    {
        return !$this->isSuspended() && !$this->isDisabled();
    }

    public function isSuspended()
    {
        return $this->row['suspended'];
    }

    public function isDisabled()
    {
        return false;
    }

    public function getClient()
    {
        return pm_Client::getByClientId($this->row['clientId']);
    }

    public function getProperty($name)
    {
        $names = [
            'cl_id' => 'clientId',
            'webspace_id' => 'webspace',
            'parentDomainId' => 'parentId',
            'status' => 'status',
            'htype' => 'htype',
            'cr_date' => 'created',
            'guid' => 'guid',
            'name' => 'name',
            'displayName' => 'displayName',
        ];
        if (!isset($names[$name])) {
            throw new pm_Exception("Unknown property: $name");
        }
        return $this->row[$names[$name]];
    }

    public function getSetting($name, $default = null)
    {
        return Lab_Panel::call('domain.setting', ['id' => $this->getId(), 'name' => $name]) ?? $default;
    }

    public function setSetting($name, $value)
    {
        Lab_Panel::call('domain.setSetting', ['id' => $this->getId(), 'name' => $name, 'value' => $value]);
    }

    public function deleteSettings($prefix = '')
    {
        Lab_Panel::call('domain.cleanSettings', ['id' => $this->getId(), 'prefix' => $prefix]);
    }

    public function hasPermission($name)
    {
        return $this->getClient()->hasPermission($name, $this);
    }

    public function hasCorePermission($name)
    {
        return $this->getClient()->hasCorePermission($name, $this);
    }

    public function getLimit($name)
    {
        return -1;
    }

    public function getCoreLimit($name)
    {
        return -1;
    }

    public function hasHosting()
    {
        return $this->row['hosting'] === 'virtual';
    }

    public function hasForwarding()
    {
        return in_array($this->row['hosting'], ['standard_forwarding', 'frame_forwarding'], true);
    }

    public function getHomePath()
    {
        return $this->row['home'];
    }

    public function getSysUserLogin()
    {
        return $this->row['sysUser'];
    }

    public function getDocumentRoot($relative = false)
    {
        if (!$this->hasHosting()) {
            throw new pm_Exception('Domain has no hosting');
        }
        return $relative ? '/' . $this->row['wwwRoot'] : $this->row['home'] . '/' . $this->row['wwwRoot'];
    }

    public function getVhostSystemPath()
    {
        return $this->row['systemPath'];
    }

    public function getPlanItems()
    {
        return $this->row['planItems'];
    }

    public function getScreenshotUrl(string $path = '/', array $options = []): string
    {
        return '';
    }

    public function hasSsl(): bool
    {
        return $this->row['ssl'];
    }

    public function hasSslRedirect(): bool
    {
        return $this->row['sslRedirect'];
    }

    public function isResolved(): bool
    {
        return true;
    }

    public function getDnsZone(): pm_Dns_Zone
    {
        return pm_Dns_Zone::getById($this->getId());
    }

    public function getHostingCertificate(): ?Plesk\SDK\Certificate
    {
        return $this->certificate($this->row['hostingCertificateId']);
    }

    public function getWebmailCertificate(): ?Plesk\SDK\Certificate
    {
        return $this->certificate($this->row['webmailCertificateId'] ?? null);
    }

    public function getMailCertificate(): ?Plesk\SDK\Certificate
    {
        return $this->certificate($this->row['mailCertificateId'] ?? null);
    }

    private function certificate(?int $id): ?Plesk\SDK\Certificate
    {
        return $id === null ? null : new Plesk\SDK\Certificate($id);
    }

    /**
     * @param array<string, mixed>|null $row
     * @return array<string, mixed>
     */
    private static function needed(?array $row): array
    {
        return $row ?? throw new pm_Exception('Domain does not exist');
    }

    /**
     * @param list<int> $ids
     * @return list<pm_Domain>
     */
    private static function list(array $ids): array
    {
        return array_map(static fn (int $id) => new self($id), $ids);
    }
}
