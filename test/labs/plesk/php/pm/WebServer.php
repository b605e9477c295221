<?php

class pm_WebServer
{
    /** Asks the extensions' hooks again and writes the site's configuration. */
    public function updateDomainConfiguration(pm_Domain $domain)
    {
        Lab_Panel::call('webserver.update', ['domain' => $domain->getId()]);
    }
}
