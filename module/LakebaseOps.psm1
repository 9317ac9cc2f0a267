$bin = Join-Path -Path $PSScriptRoot -ChildPath 'bin'
if (-not (Test-Path -LiteralPath (Join-Path -Path $bin -ChildPath 'LakebaseOps.PowerShell.dll'))) {
    throw "LakebaseOps is not built: run 'dotnet run --project build -- module' in $(Split-Path -Path $PSScriptRoot -Parent)."
}

# LakebaseOps.Shared belongs to PowerShell's own load context, all else to the module's (Loader/ModuleLoadContext.cs).
Add-Type -Path (Join-Path -Path $bin -ChildPath 'LakebaseOps.Shared.dll')
$commands = Import-Module -Assembly ([LakebaseOps.Loader.ModuleLoadContext]::LoadCommands()) -Force -PassThru
Export-ModuleMember -Cmdlet @($commands.ExportedCmdlets.Keys)
