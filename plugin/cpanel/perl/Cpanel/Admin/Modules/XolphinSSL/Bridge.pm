package Cpanel::Admin::Modules::XolphinSSL::Bridge;

# Runs as root. Adds who is asking, by the panel's word and not by the request's, and passes both on to the agent.
use strict;
use warnings;
use lib '/var/cpanel/perl';
use parent 'Cpanel::Admin::Base';
use MIME::Base64 qw(decode_base64);
use XolphinSSL::Agent ();

our $VERSION = '1.0';

sub _actions {
    return qw(SHOW ACT PING);
}

sub SHOW {
    my ( $self, $request, $login ) = @_;
    return $self->hand_over( 'SHOW', $request, $login );
}

sub ACT {
    my ( $self, $request, $login ) = @_;
    return $self->hand_over( 'ACT', $request, $login );
}

sub PING {
    my ($self) = @_;
    return { 'ok' => XolphinSSL::Agent::is_there() };
}

sub hand_over {
    my ( $self, $action, $request, $login ) = @_;
    $self->cpuser_has_feature_or_die('xolphin_ssl');
    my %told = ( 'FROM' => 'account', 'USER' => $self->get_caller_username(), 'ACTION' => $action, 'LOGIN' => $login );
    return XolphinSSL::Agent::ask( \%told, decode_base64( $request // q{} ) );
}

1;
