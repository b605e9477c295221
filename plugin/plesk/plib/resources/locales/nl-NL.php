<?php

declare(strict_types=1);

$messages = [
    'pageTitle' => 'SSL-certificaten van Xolphin',
    'buttonTitle' => 'SSL-certificaten (Xolphin)',
    'buttonText' => 'Certificaten van Xolphin bestellen, volgen, installeren en vernieuwen',
    'notRunning' => 'De certificaatdienst antwoordt nu niet. Geïnstalleerde certificaten blijven werken. De beheerder kan de dienst starten bij Tools & Instellingen, Servicebeheer.',
    'noAccess' => 'Deze website is niet van u, of bestaat niet meer.',
    'permissionName' => 'SSL-certificaten van Xolphin',
    'permissionText' => 'Certificaten van Xolphin bestellen, installeren en vernieuwen voor de websites van het abonnement.',
    'serviceName' => 'Xolphin SSL',
    'searchText' => 'SSL-certificaat van %%name%%',
    'installing' => 'SSL-certificaten worden geïnstalleerd: nog %%left%%',
    'installed' => 'De SSL-certificaten zijn geïnstalleerd.',
    'installedExcept' => '%%left%% SSL-certificaten worden nog niet getoond. De pagina van Xolphin SSL zegt waarom.',
    'attentionTitle' => 'SSL-certificaten van Xolphin die op iemand wachten',
    'attentionSubject' => 'SSL-certificaten vragen aandacht',
    'attentionText' => '%%count%% SSL-certificaten wachten op iemand. De pagina van Xolphin SSL zegt welke, en wat er te doen is.',
];
