<?php

abstract class pm_SystemService_Service
{
    abstract public function getName();

    public function getId()
    {
        return Lab_Panel::idOf($this);
    }

    public function onStart()
    {
    }

    public function onStop()
    {
    }

    public function onRestart()
    {
    }

    public function isInstalled()
    {
        return true;
    }

    public function isConfigured()
    {
        return true;
    }

    public function isRunning()
    {
        return true;
    }
}
