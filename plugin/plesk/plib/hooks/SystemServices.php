<?php

declare(strict_types=1);

/** The agent among the panel's services, with start and stop. */
class Modules_XolphinSsl_SystemServices extends pm_Hook_SystemServices
{
    /** @return list<pm_SystemService_Service> */
    public function getServices(): array
    {
        return [new Modules_XolphinSsl_Service()];
    }
}
