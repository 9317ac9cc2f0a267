<#
.SYNOPSIS
Runs the fraud demonstration through the module: one workflow on a private server.
.EXAMPLE
./module/samples/Invoke-FraudDemo.ps1 -OutputPath ./output/demo
#>
[CmdletBinding()]
param(
    [string] $WorkflowPath = (Join-Path -Path $PSScriptRoot -ChildPath 'fraud-demo.json'),

    [string] $OutputPath = (Join-Path -Path $PWD -ChildPath 'output/demo'),

    # Share of the workload's real size of 15.6 billion rows.
    [double] $Scale = 0.0002
)

$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '../../LakebaseOps.psd1')

$workflow = @{
    Path       = $WorkflowPath
    OutputPath = $OutputPath
    Variable   = @{ scale = $Scale }
    Restart    = $true
}
Invoke-LakebaseWorkflow @workflow | Out-Null
