<?php

/* What an extension's hooks extend (spec plesk §1.8, §1.10, §1.11). What the panel does with them is in run/hook.php. */

interface pm_Hook_Interface
{
}

abstract class pm_Hook_ActionLog implements pm_Hook_Interface
{
    abstract public function getEvents();
}

/** Methods named `xxxCommand` are what `plesk ext ID --xxx` calls. */
abstract class pm_Hook_ApiCli implements pm_Hook_Interface
{
    private string $command = 'default';
    /** @var array<string, string> */
    private array $options = [];
    /** @var list<string> */
    private array $arguments = [];

    public function init()
    {
    }

    public function defaultCommand()
    {
        $this->helpCommand();
    }

    public function helpCommand()
    {
        foreach ($this->getAvailableCommands() as $command) {
            $this->stdout("--$command\n");
        }
    }

    public function getArguments()
    {
        return $this->arguments;
    }

    public function getOption($name, $default = null)
    {
        return $this->options[$name] ?? $default;
    }

    public function getCommandName()
    {
        return $this->command;
    }

    public function getAvailableCommands()
    {
        $commands = [];
        foreach (get_class_methods($this) as $method) {
            if (str_ends_with($method, 'Command')) {
                $commands[] = strtolower((string) preg_replace('/(?<!^)[A-Z]/', '-$0', substr($method, 0, -7)));
            }
        }
        return $commands;
    }

    public function getAvailableOptions($command)
    {
        return [];
    }

    public function stdout($message)
    {
        echo $message;
    }

    public function stderr($message)
    {
        fwrite(STDERR, $message);
    }

    public function exitCode($code = 0)
    {
        exit($code);
    }

    /**
     * Runs it as `plesk ext` does; of the lab.
     *
     * @param list<string> $words
     */
    final public function labRun(array $words): void
    {
        $this->arguments = $words;
        $first = $words[0] ?? '';
        if (str_starts_with($first, '--')) {
            $this->command = substr($first, 2);
            array_shift($words);
        }
        while ($words !== []) {
            $name = ltrim((string) array_shift($words), '-');
            $this->options[$name] = $words !== [] && !str_starts_with($words[0], '-') ? (string) array_shift($words) : 'true';
        }
        $this->init();
        $method = lcfirst(str_replace(' ', '', ucwords(strtr($this->command, '-', ' ')))) . 'Command';
        if (!method_exists($this, $method)) {
            $this->stderr("Unknown command: --{$this->command}\n");
            $this->exitCode(1);
        }
        $this->{$method}();
    }
}

abstract class pm_Hook_ApiRest implements pm_Hook_Interface
{
    abstract public function getSchema(): array;
}

abstract class pm_Hook_ApiRpc implements pm_Hook_Interface
{
    abstract public function call($params);
}

abstract class pm_Hook_Auth implements pm_Hook_Interface
{
    abstract public function auth($login, $password);

    public function destroy()
    {
    }

    public function isEnabled()
    {
        return true;
    }

    public function breakChainOnFailure()
    {
        return false;
    }
}

interface pm_Hook_Backup extends pm_Hook_Interface
{
}

abstract class pm_Hook_Backup_Client implements pm_Hook_Backup
{
    public function postBackup(pm_Client $client)
    {
    }

    public function backup(pm_Client $client)
    {
    }

    public function restore(pm_Client $client, $pleskVersion, $extVersion, $config, $contentDir)
    {
    }
}

class pm_Hook_Backup_Domain implements pm_Hook_Backup
{
    public function postBackup(pm_Domain $domain)
    {
    }

    public function backup(pm_Domain $domain)
    {
    }

    public function restore(pm_Domain $domain, $pleskVersion, $extVersion, $config, $contentDir)
    {
    }
}

class pm_Hook_Backup_Server implements pm_Hook_Backup
{
    public function postBackup()
    {
    }

    public function backup()
    {
    }

    public function restore($pleskVersion, $extVersion, $config, $contentDir)
    {
    }

    public function getExcludedSettings()
    {
        return [];
    }
}

abstract class pm_Hook_ConfigDefaults implements pm_Hook_Interface
{
    abstract public function getDefaults();
}

abstract class pm_Hook_ContentInclude implements pm_Hook_Interface
{
    public function init()
    {
    }

    public function getJsConfig()
    {
        return [];
    }

    public function getJsContent()
    {
        return '';
    }

    public function getJsOnReadyContent()
    {
        return '';
    }

    public function getHeadContent()
    {
        return '';
    }

    public function getBodyContent()
    {
        return '';
    }

    public function getSidebarContent()
    {
        return '';
    }
}

abstract class pm_Hook_CustomButtons implements pm_Hook_Interface
{
    public const PLACE_COMMON = 1;
    public const PLACE_ADMIN_HOME = 2;
    public const PLACE_RESELLER_HOME = 3;
    public const PLACE_CUSTOMER_HOME = 4;
    public const PLACE_ADMIN_TOOLS_AND_SETTINGS = 5;
    public const PLACE_RESELLER_TOOLS_AND_SETTINGS = 6;
    public const PLACE_HOSTING_PANEL_NAVIGATION = 7;
    public const PLACE_DOMAIN = 8;
    public const PLACE_DOMAIN_PROPERTIES = 9;
    public const PLACE_TOOLBAR = 10;
    public const PLACE_LIST_ACTIONS = 11;
    public const PLACE_ADMIN_NAVIGATION = 12;
    public const PLACE_RESELLER_NAVIGATION = 13;
    public const PLACE_HOSTING_PANEL_TABS = 14;
    public const PLACE_HEADER_NAVIGATION = 15;
    public const PLACE_DOMAIN_PROPERTIES_DYNAMIC = 16;
    public const PLACE_DOMAIN_HEADER_DYNAMIC = 17;
    public const PLACE_ADD_DOMAIN_DRAWER = 19;
    public const SECTION_RESELLER_TOOLS_SERVICES = 'myPleskButtons';
    public const SECTION_RESELLER_TOOLS_RESOURCES = 'resourcesButtons';
    public const SECTION_RESELLER_TOOLS_PLESK_MANAGEMENT = 'toolsButtons';
    public const SECTION_RESELLER_TOOLS_ADDITIONAL_SERVICES = 'customButtons';
    public const SECTION_ADMIN_TOOLS_MAIL = 'mailButtons';
    public const SECTION_ADMIN_TOOLS_PLESK = 'panelButtons';
    public const SECTION_ADMIN_TOOLS_GENERAL = 'generalButtons';
    public const SECTION_ADMIN_TOOLS_SECURITY = 'securityButtons';
    public const SECTION_ADMIN_TOOLS_APPEARANCE = 'uiButtons';
    public const SECTION_ADMIN_TOOLS_STATISTICS = 'statisticsButtons';
    public const SECTION_ADMIN_TOOLS_APPS_AND_DBS = 'applicationsAndDatabasesButtons';
    public const SECTION_ADMIN_TOOLS_EXTERNAL_SERVICES = 'myPleskButtons';
    public const SECTION_ADMIN_TOOLS_SERVER_MANAGEMENT = 'serverManagementButtons';
    public const SECTION_ADMIN_TOOLS_ADDITIONAL_SERVICES = 'customButtons';
    public const SECTION_ADMIN_TOOLS_TOOLS_AND_RESOURCES = 'toolsAndResourcesButtons';
    public const SECTION_ADMIN_TOOLS_TROUBLESHOOTING_BUTTONS = 'troubleshootingButtons';
    public const SECTION_NAV_GENERAL = 'general';
    public const SECTION_NAV_HOSTING = 'hosting';
    public const SECTION_NAV_PROFILE = 'profile';
    public const SECTION_NAV_ADDITIONAL = 'custom_buttons';
    public const SECTION_NAV_SERVER_MANAGEMENT = 'server_management';
    public const SECTION_DOMAIN_PROPS_DYNAMIC_FILES_AND_DATABASES = 'filesAndDatabases';
    public const SECTION_DOMAIN_PROPS_DYNAMIC_DEV_TOOLS = 'devTools';
    public const SECTION_DOMAIN_PROPS_DYNAMIC_SECURITY = 'security';
    public const SECTION_DOMAIN_PROPS_DYNAMIC_MAIL = 'mail';
    public const SECTION_DOMAIN_PROPS_DYNAMIC_HOSTING = 'hosting';

    abstract public function getButtons();
}

abstract class pm_Hook_DynamicList implements pm_Hook_Interface
{
    public function getTabs($itemId)
    {
        return [];
    }

    public function getSidebar(string $itemId): ?string
    {
        return null;
    }

    public function getColumns(): array
    {
        return [];
    }

    public function getData(array $data): array
    {
        return $data;
    }

    public function getDataProvider(array $data): array
    {
        return $data;
    }

    public function getInitContent(): ?string
    {
        return null;
    }

    public function getAdditionalTitleContent(): ?string
    {
        return null;
    }
}

abstract class pm_Hook_Limits implements pm_Hook_Interface
{
    public const PLACE_MAIN = 'main';
    public const PLACE_ADDITIONAL = 'additional';

    abstract public function getLimits();
}

abstract class pm_Hook_LongTasks implements pm_Hook_Interface
{
    abstract public function getLongTasks();
}

abstract class pm_Hook_Navigation implements pm_Hook_Interface
{
    abstract public function getNavigation();
}

abstract class pm_Hook_Notifications implements pm_Hook_Interface
{
    abstract public function getNotifications();
}

abstract class pm_Hook_Permissions implements pm_Hook_Interface
{
    public const PLACE_MAIN = 'main';
    public const PLACE_ADDITIONAL = 'additional';
    public const PLACE_ADMIN = 'admin';
    public const SECTION_ADMIN_TOOLS = 'admin-tools';
    public const SECTION_ADMIN_APPS = 'admin-apps';
    public const SECTION_ADMIN_PANEL = 'admin-panel';
    public const SECTION_ADMIN_APPEARANCE = 'admin-appearance';
    public const SECTION_ADMIN_STATISTICS = 'admin-statistics';
    public const SECTION_ADMIN_GENERAL = 'admin-general';
    public const SECTION_ADMIN_MAIL = 'admin-mail';
    public const SECTION_ADMIN_SERVER = 'admin-server';
    public const SECTION_ADMIN_SERVICES = 'admin-services';
    public const SECTION_ADMIN_MODULES = 'admin-modules';

    abstract public function getPermissions();
}

abstract class pm_Hook_PlanItems implements pm_Hook_Interface
{
    abstract public function getPlanItems();

    public function isExclusive()
    {
        return false;
    }
}

abstract class pm_Hook_Promos implements pm_Hook_Interface
{
    abstract public function getPromos();
}

abstract class pm_Hook_Search implements pm_Hook_Interface
{
    abstract public function getIndex();
}

abstract class pm_Hook_SystemServices implements pm_Hook_Interface
{
    abstract public function getServices();
}

abstract class pm_Hook_WebServer implements pm_Hook_Interface
{
    public function getDomainApacheConfig(pm_Domain $domain)
    {
        return '';
    }

    public function getDomainNginxConfig(pm_Domain $domain)
    {
        return '';
    }

    public function getDomainNginxProxyConfig(pm_Domain $domain)
    {
        return '';
    }

    public function getDomainIisConfig(pm_Domain $domain)
    {
        return '';
    }

    public function getWebmailApacheConfig(pm_Domain $domain, string $type)
    {
        return '';
    }

    public function getWebmailNginxConfig(pm_Domain $domain, string $type)
    {
        return '';
    }

    public function getForwardingDomainApacheConfig(pm_Domain $domain)
    {
        return '';
    }

    public function getForwardingDomainNginxConfig(pm_Domain $domain)
    {
        return '';
    }

    public function getForwardingDomainIisConfig(pm_Domain $domain)
    {
        return '';
    }

    public function processTemplate(string $templateFile, string $content, ?pm_Domain $domain)
    {
        return $content;
    }
}
