<?php

/** The way from a PHP process into the lab, and what the process is: for which extension, in whose session. */
final class Lab_Panel
{
    private static ?string $module = null;

    /** Finds out which extension this process is for; scripts of an extension say it by where they lie. */
    public static function start(): void
    {
        $module = getenv('LAB_MODULE');
        if (!is_string($module) || $module === '') {
            $script = (string) ($_SERVER['SCRIPT_FILENAME'] ?? '');
            $module = preg_match('~/modules/([a-z0-9-]+)/(?:scripts|public)/~', $script, $found) ? $found[1] : '';
        }
        if ($module !== '' && getenv('LAB_BARE') === false) {
            self::useModule($module);
        }
        if (interfaceWanted() && !interface_exists('EventListener', false)) {
            require_once __DIR__ . '/EventListener.php';
        }
    }

    public static function useModule(?string $module): void
    {
        self::$module = $module;
    }

    public static function module(): string
    {
        if (self::$module === null) {
            throw new pm_Exception('The context is not initialized: call pm_Context::init() first.');
        }
        return self::$module;
    }

    public static function hasModule(): bool
    {
        return self::$module !== null;
    }

    /** `PRODUCT_ROOT`, without slash at its end. */
    public static function root(): string
    {
        return dirname(__DIR__, 4);
    }

    public static function plib(): string
    {
        return (string) (getenv('LAB_PLIB') ?: self::root() . '/admin/plib/modules/' . self::module());
    }

    /** Data of the session this page is shown in; null outside of one. */
    public static function session(): ?array
    {
        $session = getenv('LAB_SESSION');
        return is_string($session) && $session !== '' ? json_decode($session, true) : null;
    }

    /**
     * Asks the lab; a refusal is a pm_Exception.
     *
     * @param array<string, mixed> $params
     */
    public static function call(string $method, array $params = []): mixed
    {
        $socket = @stream_socket_client('unix://' . self::root() . '/var/run/sdk.sock', $code, $text, 30);
        if ($socket === false) {
            throw new pm_Exception("The panel does not answer: $text");
        }
        $call = ['method' => $method, 'module' => self::$module, 'params' => $params];
        fwrite($socket, json_encode($call, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE));
        stream_socket_shutdown($socket, STREAM_SHUT_WR);
        $answer = json_decode((string) stream_get_contents($socket), true, 512, JSON_THROW_ON_ERROR);
        fclose($socket);
        if (isset($answer['refusal'])) {
            throw new pm_Exception($answer['refusal'], (int) ($answer['code'] ?? 0));
        }
        return $answer['result'] ?? null;
    }

    /** `Modules_OurExt_Foo_Bar` lies in plib/library or plib/hooks (spec plesk §1.1). */
    public static function loadExtensionClass(string $class): void
    {
        if (self::$module === null) {
            return;
        }
        $prefix = self::classPrefix(self::$module);
        if (!str_starts_with($class, $prefix)) {
            return;
        }
        $path = strtr(substr($class, strlen($prefix)), '_', '/') . '.php';
        foreach (['library', 'hooks'] as $folder) {
            $file = self::plib() . "/$folder/$path";
            if (is_file($file)) {
                require_once $file;
                return;
            }
        }
    }

    /** `our-ext` → `Modules_OurExt_`. */
    public static function classPrefix(string $module): string
    {
        return 'Modules_' . str_replace(' ', '', ucwords(strtr($module, '-', ' '))) . '_';
    }

    /** A hook of the extension: a named class, or what its file returns; null when it has none. */
    public static function hook(string $name): ?object
    {
        $file = self::plib() . '/hooks/' . strtr($name, '_', '/') . '.php';
        if (!is_file($file)) {
            return null;
        }
        $returned = require_once $file;
        $class = self::classPrefix(self::module()) . $name;
        if (class_exists($class, false)) {
            return new $class();
        }
        return is_object($returned) ? $returned : null;
    }

    /** The word of an extension's class that Plesk uses as its id: `Modules_OurExt_Task_Sync` → `task_sync`. */
    public static function idOf(object $object): string
    {
        return strtolower(substr(get_class($object), strlen(self::classPrefix(self::module()))));
    }
}

function interfaceWanted(): bool
{
    return getenv('LAB_EVENT_LISTENER') !== 'absent';
}
