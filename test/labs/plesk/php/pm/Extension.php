<?php

class pm_Extension
{
    /** @var array<string, mixed> */
    private array $row;

    public function getId()
    {
        return $this->row['id'];
    }

    public function getName()
    {
        return $this->row['name'];
    }

    public function getVersion()
    {
        return $this->row['version'];
    }

    public function getRelease()
    {
        return $this->row['release'];
    }

    public function isActive()
    {
        return $this->row['active'];
    }

    public static function getExtensions()
    {
        return array_map(self::from(...), Lab_Panel::call('extension.all'));
    }

    public static function getById($id)
    {
        foreach (self::getExtensions() as $extension) {
            if ($extension->getId() === $id) {
                return $extension;
            }
        }
        throw new pm_Exception("Extension $id is not installed");
    }

    public function uninstall()
    {
        pm_ApiCli::call('extension', ['--uninstall', $this->getId()]);
    }

    public function enable()
    {
        pm_ApiCli::call('extension', ['--enable', $this->getId()]);
    }

    public function disable()
    {
        pm_ApiCli::call('extension', ['--disable', $this->getId()]);
    }

    public function callHook(string $hook, callable $callback)
    {
        $before = Lab_Panel::module();
        Lab_Panel::useModule($this->getId());
        try {
            $found = Lab_Panel::hook($hook);
            return $found === null ? null : $callback($found);
        } finally {
            Lab_Panel::useModule($before);
        }
    }

    /** @param array<string, mixed> $row */
    private static function from(array $row): self
    {
        $extension = new self();
        $extension->row = $row;
        return $extension;
    }
}
