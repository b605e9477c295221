<?php

declare(strict_types=1);

/** The agent as the panel's service management sees it; root's side does what is asked. */
class Modules_XolphinSsl_Service extends pm_SystemService_Service
{
    public function getName(): string
    {
        return pm_Locale::lmsg('serviceName');
    }

    public function getId(): string
    {
        return 'xolphin-ssl';
    }

    public function onStart(): void
    {
        pm_ApiCli::callSbin('xolctl', ['start']);
    }

    public function onStop(): void
    {
        pm_ApiCli::callSbin('xolctl', ['stop']);
    }

    public function onRestart(): void
    {
        pm_ApiCli::callSbin('xolctl', ['restart']);
    }

    public function isInstalled(): bool
    {
        return is_dir('/opt/xolphin-ssl/current');
    }

    public function isConfigured(): bool
    {
        return true;
    }

    public function isRunning(): bool
    {
        return Modules_XolphinSsl_Root::call(['status'])['code'] === 0;
    }
}
