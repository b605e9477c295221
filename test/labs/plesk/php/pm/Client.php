<?php

class pm_Client
{
    /** @var array<string, mixed> */
    private array $row;

    /** @param array<string, mixed>|null $row */
    private static function from(?array $row): self
    {
        if ($row === null) {
            throw new pm_Exception('Client does not exist');
        }
        $client = new self();
        $client->row = $row;
        return $client;
    }

    public static function getByClientId($clientId)
    {
        return self::from(Lab_Panel::call('client.byId', ['id' => (int) $clientId]));
    }

    public static function getByLogin($login)
    {
        return self::from(Lab_Panel::call('client.byLogin', ['login' => (string) $login]));
    }

    public static function getAdmin()
    {
        return self::getByLogin('admin');
    }

    public static function getAll()
    {
        return array_map(self::from(...), Lab_Panel::call('client.all'));
    }

    public function isAdmin()
    {
        return $this->row['role'] === 'admin';
    }

    public function isReseller()
    {
        return $this->row['role'] === 'reseller';
    }

    public function isClient()
    {
        return $this->row['role'] === 'client';
    }

    public function getId()
    {
        return $this->row['id'];
    }

    public function getLogin()
    {
        return $this->row['login'];
    }

    public function getProperty($name)
    {
        // Column names of the panel's table of clients; a suspended one has a bit set in its status.
        if ($name === 'status') {
            return $this->row['suspended'] ? 16 : 0;
        }
        $names = [
            'parent_id' => 'ownerId',
            'vendor_id' => 'ownerId',
            'cr_date' => 'created',
            'guid' => 'guid',
            'type' => 'role',
        ];
        $key = $names[$name] ?? $name;
        if (!array_key_exists($key, $this->row)) {
            throw new pm_Exception("Unknown property: $name");
        }
        return $this->row[$key];
    }

    public function getSetting($name, $default = null)
    {
        return Lab_Panel::call('client.setting', ['id' => $this->getId(), 'name' => $name]) ?? $default;
    }

    public function setSetting($name, $value)
    {
        Lab_Panel::call('client.setSetting', ['id' => $this->getId(), 'name' => $name, 'value' => $value]);
    }

    public function deleteSettings($prefix = '')
    {
        Lab_Panel::call('client.cleanSettings', ['id' => $this->getId(), 'prefix' => $prefix]);
    }

    public function hasAccessToDomain($domainId)
    {
        return Lab_Panel::call('client.accessToDomain', ['id' => $this->getId(), 'domain' => (int) $domainId]);
    }

    public function hasAccessToClient(int $clientId): bool
    {
        return Lab_Panel::call('client.accessToClient', ['id' => $this->getId(), 'client' => $clientId]);
    }

    public function hasPermission($name, ?pm_Domain $domain = null)
    {
        return Lab_Panel::call('client.permission', [
            'id' => $this->getId(),
            'name' => 'ext-' . Lab_Panel::module() . '-' . $name,
            'domain' => $domain?->getId(),
        ]);
    }

    public function hasCorePermission($name, ?pm_Domain $domain = null)
    {
        return Lab_Panel::call('client.permission', [
            'id' => $this->getId(),
            'name' => $name,
            'domain' => $domain?->getId(),
        ]);
    }

    public function hasAccessToPlan($planId)
    {
        return Lab_Panel::call('client.accessToPlan', ['id' => $this->getId(), 'plan' => (int) $planId]);
    }
}
